// kafkajs as an application would use it. Commands and output: tests/clients/README.md.
import kafkajs from 'kafkajs'

const [servers, settings, command, ...words] = process.argv.slice(2)
const kafka = new kafkajs.Kafka({ brokers: [servers], logLevel: kafkajs.logLevel.NOTHING })

const say = one => console.log(JSON.stringify(one))
const numbered = (count, first = 0) => [...Array(Number(count)).keys()].map(one => one + Number(first))

const newProducer = options => kafka.producer(
  settings === 'advised' ? { idempotent: true, maxInFlightRequests: 1, ...options } : { ...options })

const event = (key, writer, order) => ({ key, value: `${writer}-${order}`, headers: { order: `${order}`, id: `${writer}-${order}` } })

// `sending` is the promise of a send; the answer of a partition stands for all its events.
async function report (writer, order, sending) {
  try {
    const [{ partition, baseOffset }] = await sending
    say({ writer, order, ok: true, partition, offset: Number(baseOffset) })
  } catch (failure) {
    say({ writer, order, ok: false, code: failure.code ?? -1, error: failure.message, class: failure.name, type: failure.type })
  }
}

async function append (topic, key, writer, orders) {
  const producer = newProducer()
  await producer.connect()
  for (const order of orders) {
    await report(writer, order, producer.send({ topic, messages: [event(key, writer, order)] }))
  }
  await producer.disconnect()
}

async function burst (topic, key, writer, orders) {
  const producer = newProducer()
  await producer.connect()
  await Promise.all(orders.map(order =>
    report(writer, order, producer.send({ topic, messages: [event(key, writer, order)] }))))
  await producer.disconnect()
}

async function place (topic, key, partition, order) {
  const producer = newProducer()
  await producer.connect()
  const message = { ...event(key, 'a', order), partition: Number(partition) }
  await report('a', Number(order), producer.send({ topic, messages: [message] }))
  await producer.disconnect()
}

const twoWriters = (write, topic, key, count, first) =>
  Promise.all(['a', 'b'].map(writer => write(topic, key, writer, numbered(count, first))))

const show = ({ partition, message }) => say({
  partition, offset: Number(message.offset), key: message.key?.toString(), value: message.value?.toString()
})

// kafkajs reads in groups only. `options` of the run; ends when `count` events came.
async function group (topic, groupId, count, options = {}) {
  const consumer = kafka.consumer({ groupId })
  let left = Number(count)
  let crashed = false
  const ended = new Promise(resolve => {
    consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
      crashed = true
      say({ commit: false, error: error.message, class: error.name, code: error.code, restart })
      if (!restart) resolve()
    })
    consumer.on(consumer.events.COMMIT_OFFSETS, () => { if (left <= 0) resolve() })
    setTimeout(resolve, 30000).unref()
    consumer.on(consumer.events.END_BATCH_PROCESS, () => { if (left <= 0 && options.autoCommit === false) resolve() })
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({ ...options, eachMessage: async one => { show(one); left -= 1 } })
  await ended
  await consumer.disconnect()
  if (!crashed && options.autoCommit !== false) say({ commit: true })
}

async function transact (topic, transactionalId, count) {
  const producer = newProducer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
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
  place,
  race: (topic, key, count, first) => twoWriters(append, topic, key, count, first),
  burst: (topic, key, count, first) => twoWriters(burst, topic, key, count, first),
  consume: (topic, count) => group(topic, `consume-${process.pid}`, count, { autoCommit: false }),
  group,
  transact
}

try {
  await commands[command](...words)
} catch (failure) {
  say({ failed: failure.message, class: failure.name, code: failure.code })
  process.exitCode = 1
}
