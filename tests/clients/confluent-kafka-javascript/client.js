// @confluentinc/kafka-javascript as an application would use it, by its KafkaJS classes. Commands and output:
// tests/clients/README.md.
import confluent from '@confluentinc/kafka-javascript'

const { Kafka, logLevel } = confluent.KafkaJS
const [servers, settings, command, ...words] = process.argv.slice(2)
const kafka = new Kafka({ kafkaJS: { brokers: [servers], logLevel: logLevel.NOTHING } })
// Outside of `kafkaJS` are settings of librdkafka.
const advised = { kafkaJS: { idempotent: true }, 'linger.ms': 0, 'batch.num.messages': 1 }

const say = one => console.log(JSON.stringify(one))
const numbered = (count, first = 0) => [...Array(Number(count)).keys()].map(one => one + Number(first))

async function newProducer (options = {}) {
  const producer = kafka.producer(settings === 'advised' ? { ...advised, ...options } : options)
  await producer.connect()
  return producer
}

const event = (key, writer, order) => ({ key, value: `${writer}-${order}`, headers: { order: `${order}`, id: `${writer}-${order}` } })

async function report (writer, order, sending) {
  try {
    const [{ partition, baseOffset }] = await sending
    say({ writer, order, ok: true, partition, offset: Number(baseOffset) })
  } catch (failure) {
    say({ writer, order, ok: false, code: failure.code ?? -1, error: failure.message, class: failure.name, type: failure.type })
  }
}

async function append (topic, key, writer, orders, more = {}) {
  const producer = await newProducer()
  for (const order of orders) {
    await report(writer, order, producer.send({ topic, messages: [{ ...event(key, writer, order), ...more }] }))
  }
  await producer.disconnect()
}

async function burst (topic, key, writer, orders) {
  const producer = await newProducer()
  await Promise.all(orders.map(order =>
    report(writer, order, producer.send({ topic, messages: [event(key, writer, order)] }))))
  await producer.disconnect()
}

const twoWriters = (write, topic, key, count, first) =>
  Promise.all(['a', 'b'].map(writer => write(topic, key, writer, numbered(count, first))))

// It reads in groups only.
async function read (topic, groupId, count, options) {
  const consumer = kafka.consumer({ kafkaJS: { groupId, fromBeginning: true, ...options } })
  let left = Number(count)
  await consumer.connect()
  await consumer.subscribe({ topics: [topic] })
  const ended = new Promise(resolve => {
    setTimeout(resolve, 30000).unref()
    consumer.run({
      eachMessage: async ({ partition, message }) => {
        say({ partition, offset: Number(message.offset), key: message.key?.toString(), value: message.value?.toString() })
        left -= 1
        if (left === 0) resolve()
      }
    })
  })
  await ended
  return consumer
}

async function consume (topic, count) {
  await (await read(topic, `consume-${process.pid}`, count, { autoCommit: false })).disconnect()
}

async function group (topic, groupId, count) {
  const consumer = await read(topic, groupId, count, {})
  try {
    await consumer.commitOffsets()
    say({ commit: true })
  } catch (failure) {
    say({ commit: false, error: failure.message, code: failure.code })
  }
  await consumer.disconnect()
}

async function transact (topic, transactionalId, count) {
  const producer = await newProducer({ kafkaJS: { transactionalId } })
  const transaction = await producer.transaction()
  for (const order of numbered(count)) {
    await report('a', order, transaction.send({ topic, messages: [event('t', 'a', order)] }))
  }
  await transaction.commit()
  say({ transaction: 'committed' })
  await producer.disconnect()
}

const commands = {
  append: (topic, key, ...orders) => append(topic, key, 'a', orders.map(Number)),
  place: (topic, key, partition, order) => append(topic, key, 'a', [Number(order)], { partition: Number(partition) }),
  race: (topic, key, count, first) => twoWriters(append, topic, key, count, first),
  burst: (topic, key, count, first) => twoWriters(burst, topic, key, count, first),
  consume,
  group,
  transact
}

try {
  await commands[command](...words)
} catch (failure) {
  say({ failed: failure.message, class: failure.name, code: failure.code })
  process.exit(1) // threads of librdkafka would keep it alive
}
