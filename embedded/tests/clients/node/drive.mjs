// Does with @clickhouse/client what a web application does, and prints what came of it as one JSON object.

import { createClient, ClickHouseLogLevel } from '@clickhouse/client'
import { Readable } from 'node:stream'

const ENDLESS = "SELECT count() FROM numbers(100000000000000) WHERE NOT ignore(sipHash64(number), 'node')"
const RUNNING = "SELECT count() AS n FROM system.processes WHERE query LIKE '%\\'node\\')%' AND query NOT LIKE '%LIKE%'"

const connect = (options = {}) =>
  createClient({
    url: process.argv[2],
    username: 'ana',
    password: "it's: a secret",
    database: 'clients',
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: { output_format_json_quote_64bit_integers: 1, output_format_json_quote_decimals: 1 },
    ...options,
  })

const moment = (text) => (text === null ? null : String(Date.parse(text.replace(' ', 'T') + 'Z')))
const tenThousandths = (text) => (text === null ? null : String(Math.round(Number(text) * 10000)))
const whole = (value) => (value === null ? null : String(value))

// A row as every client writes it: times in milliseconds, decimals in ten-thousandths, large numbers as text.
const plain = (row) => ({
  ...row,
  id: whole(row.id),
  at: moment(row.at),
  minute: moment(row.minute),
  sign: whole(row.sign),
  part: whole(row.part),
  offset: whole(row.offset),
  simhash: whole(row.simhash),
  amount: tenThousandths(row.amount),
  times: row.times.map(moment),
})

const refused = async (act) => {
  try {
    await act()
    return 'not refused'
  } catch (error) {
    return { code: Number(error.code), name: error.type }
  }
}

const rowsOf = async (client, query, more = {}) => (await client.query({ query, format: 'JSONEachRow', ...more })).json()

async function inserts(rows) {
  const written = {}
  for (const [packing, request] of [['none', false], ['gzip', true]]) {
    const client = connect({ compression: { request, response: true } })
    await client.command({ query: `CREATE TABLE node_${packing} AS kinds` })
    const values = Readable.from(rows, { objectMode: true })
    const done = await client.insert({ table: `node_${packing}`, values, format: 'JSONEachRow' })
    written[packing] = Number(done.summary.written_rows)
    await client.close()
  }
  return written
}

async function session() {
  const one = connect({ session_id: 'node' })
  const other = connect({ session_id: 'other' })
  await one.command({ query: 'CREATE TEMPORARY TABLE kept (a UInt8)' })
  await one.insert({ table: 'kept', values: [{ a: 1 }, { a: 2 }], format: 'JSONEachRow' })
  await refused(() => one.query({ query: 'SELECT * FROM nowhere' }))
  await one.command({ query: 'SET max_block_size = 1234' })
  const query = "SELECT sum(a) AS a, getSetting('max_block_size') AS size FROM kept"
  const kept = (await rowsOf(one, query, { clickhouse_settings: { max_threads: 1 } })).map((row) => [row.a, String(row.size)])
  const { code } = await refused(() => other.query({ query: 'SELECT * FROM kept' }))
  await one.close()
  await other.close()
  return { kept, other: code }
}

// An endless statement ends on the server when its reader gives up.
async function cancelled(client) {
  const stop = new AbortController()
  const running = client.query({ query: ENDLESS, abort_signal: stop.signal }).catch((error) => error.message)
  const until = async (n) => {
    while ((await rowsOf(client, RUNNING))[0].n !== n) await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await until('1')
  stop.abort()
  await running
  await until('0')
  return 394
}

async function main() {
  const client = connect({ compression: { request: true, response: true } })
  const answer = await client.query({ query: 'SELECT * FROM kinds ORDER BY id', format: 'JSON' })
  const { meta, data } = await answer.json()
  const empty = await (await client.query({ query: 'SELECT id, at FROM kinds WHERE id = 0', format: 'JSON' })).json()
  const [asked] = await rowsOf(
    client,
    "SELECT {n:UInt64} AS n, {s:String} AS s, {list:Array(String)} AS list, {at:DateTime64(3, 'UTC')} AS at, {none:Nullable(String)} AS none, {yes:Bool} AS yes",
    {
      query_params: {
        n: '18446744073709551615',
        s: "it's\ta \\ tab",
        list: ["a'b", 'ü'],
        at: new Date(Number(moment(data[0].at))),
        none: null,
        yes: true,
      },
    },
  )
  let [count, total] = [0, 0n]
  const large = await client.query({ query: 'SELECT number FROM numbers(500000)', format: 'JSONEachRow' })
  for await (const rows of large.stream()) {
    for (const row of rows) {
      count += 1
      total += BigInt(row.json().number)
    }
  }
  const named = await client.query({ query: 'SELECT 1', query_id: 'node-named' })
  await named.text()
  const done = {
    ping: (await client.ping()).success,
    columns: meta.map((column) => column.name),
    rows: data.map(plain),
    empty: [empty.meta.map((column) => column.name), empty.data],
    parameters: [asked.n, asked.s, asked.list, moment(asked.at), asked.none, asked.yes],
    refused: [
      await refused(() => client.query({ query: 'SELECT * FROM nowhere' })),
      await refused(() => client.query({ query: 'SELECT nothing FROM kinds' })),
      await refused(() => connect({ password: 'wrong' }).query({ query: 'SELECT 1' })),
    ],
    query_id: named.query_id,
    read_rows: String(answer.statistics?.rows_read ?? data.length),
    written: await inserts(data),
    session: await session(),
    stream: [count, Number(total)],
    cancelled: await cancelled(client),
  }
  await client.close()
  console.log(JSON.stringify(done))
}

await main()
