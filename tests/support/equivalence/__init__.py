"""A real broker and bkes in front of it are asked the same, and have to answer the same.

    sides.py          the two ways to the broker, and what a request can name
    about_*.py        for each API the requests that are asked
    running.py        asks them
    comparing.py      answers field by field, and which field may differ, with its reason
    fixtures.py       what tests ask for
    apis.py           what each side offers, and what has to be missing on the way through bkes
"""
