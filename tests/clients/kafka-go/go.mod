module bkes/tests/clients/kafka-go

go 1.26

require github.com/segmentio/kafka-go v0.4.51
