// @platformatic/kafka as an application would use it. Commands and output: tests/clients/README.md.
import { Consumer, Producer, compatibilityPartitioner, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { randomUUID } from 'node:crypto'

const [servers, settings, command, ...words] = process.argv.slice(2)

const say = one => console.log(JSON.stringify(one))
const numbered = (count, first = 0) => [...Array(Number(count)).keys()].map(one => one + Number(first))

const newProducer = options => new Producer({
  clientId: 'bkes-test',
  bootstrapBrokers: [servers],
  serializers: stringSerializers,
  ...(settings === 'advised' ? { idempotent: true, partitioner: compatibilityPartitioner } : {}),
  ...options
})

const event = (topic, key, writer, order) =>
  ({ topic, key, value: `${writer}-${order}`, headers: { order: `${order}`, id: `${writer}-${order}` } })

// An answer of a broker is the innermost error.
const answerOf = failure => failure.findBy?.('apiCode', 44) ?? failure.errors?.map(answerOf).find(one => one?.apiCode) ?? failure

// `sending` is the promise of a send.
async function report (writer, order, sending) {
  try {
    const { offsets } = await sending
    say({ writer, order, ok: true, partition: offsets?.[0]?.partition, offset: Number(offsets?.[0]?.offset) })
  } catch (failure) {
    const answer = answerOf(failure)
    say({
      writer, order, ok: false, code: answer.apiCode ?? -1, error: failure.message, class: failure.constructor.name,
      inner: answer.constructor.name, text: answer.message, server: answer.serverErrorMessage
    })
  }
}

async function append (topic, key, writer, orders) {
  const producer = newProducer()
  for (const order of orders) {
    await report(writer, order, producer.send({ messages: [event(topic, key, writer, order)] }))
  }
  await producer.close()
}

async function burst (topic, key, writer, orders) {
  const producer = newProducer()
  await Promise.all(orders.map(order =>
    report(writer, order, producer.send({ messages: [event(topic, key, writer, order)] }))))
  await producer.close()
}

async function place (topic, key, partition, order) {
  const producer = newProducer()
  const message = { ...event(topic, key, 'a', order), partition: Number(partition) }
  await report('a', Number(order), producer.send({ messages: [message] }))
  await producer.close()
}

const twoWriters = (write, topic, key, count, first) =>
  Promise.all(['a', 'b'].map(writer => write(topic, key, writer, numbered(count, first))))

async function read (consumer, topic, count, options) {
  const stream = await consumer.consume({ topics: [topic], mode: 'committed', fallbackMode: 'earliest', ...options })
  stream.on('autocommit', error => {
    if (error) say({ commit: false, error: error.message, class: error.constructor.name, text: answerOf(error).message })
    else say({ commit: true })
  })
  let left = Number(count)
  for await (const message of stream) {
    say({ partition: message.partition, offset: Number(message.offset), key: message.key, value: message.value })
    if (--left <= 0) break
  }
}

// The default commits by itself.
async function group (topic, groupId, count, options = {}) {
  const consumer = new Consumer({
    clientId: 'bkes-test', bootstrapBrokers: [servers], groupId, deserializers: stringDeserializers, maxWaitTime: 200
  })
  try {
    await read(consumer, topic, count, options)
  } finally {
    await consumer.close(true)
  }
}

async function transact (topic, transactionalId, count) {
  const producer = newProducer({ transactionalId, idempotent: true })
  const transaction = await producer.beginTransaction()
  for (const order of numbered(count)) {
    await report('a', order, transaction.send({ messages: [event(topic, 't', 'a', order)] }))
  }
  await transaction.commit()
  say({ transaction: 'committed' })
  await producer.close()
}

const commands = {
  append: (topic, key, ...orders) => append(topic, key, 'a', orders.map(Number)),
  place,
  race: (topic, key, count, first) => twoWriters(append, topic, key, count, first),
  burst: (topic, key, count, first) => twoWriters(burst, topic, key, count, first),
  consume: (topic, count) => group(topic, randomUUID(), count, { autocommit: false }),
  group,
  transact
}

try {
  await commands[command](...words)
} catch (failure) {
  const answer = answerOf(failure)
  say({ failed: failure.message, class: failure.constructor.name, inner: answer.constructor.name, text: answer.message })
  process.exitCode = 1
}
