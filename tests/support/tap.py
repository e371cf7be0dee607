"""A relay that remembers every byte that came from the server: what bkes really says to clients.

It listens at the ports of bkes on an address of its own, which bkes advertises. So whatever
address a client is told, its bytes come through here.
"""

import asyncio
import functools
import threading

import scene


class Tap:
    """with Tap("127.0.0.1", ports, listen_host="127.0.0.2") as tap: ...; tap.received()"""

    def __init__(self, host, ports, listen_host):
        self.host = host
        self.ports = list(ports)
        self.listen_host = listen_host
        scene.add_doors(listen_host, [port for port in self.ports if scene.is_door(host, port)])
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.ready = threading.Event()
        self.streams = []  # a bytearray for each connection

    def __enter__(self):
        self.thread.start()
        assert self.ready.wait(10)
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def received(self):
        """All that the server has sent so far, a bytes object for each connection."""
        return [bytes(one) for one in list(self.streams)]

    def _run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._listen())
        self.ready.set()
        self.loop.run_forever()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))

    async def _listen(self):
        for port in self.ports:
            await asyncio.start_server(functools.partial(self._serve, port), self.listen_host, port)

    async def _serve(self, port, client_reader, client_writer):
        try:
            reader, writer = await asyncio.open_connection(self.host, port)
        except OSError:
            client_writer.close()
            return
        seen = bytearray()
        self.streams.append(seen)
        await asyncio.gather(self._relay(client_reader, writer, bytearray()),
                             self._relay(reader, client_writer, seen))

    @staticmethod
    async def _relay(reader, writer, seen):
        try:
            while data := await reader.read(65536):
                seen += data
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()
