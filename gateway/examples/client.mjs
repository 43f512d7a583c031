// How the example app asks the API: with an access token, in time, and again where that helps. client.py is the same in Python,
// and says why: change both. Node.js 18 or later, without a package.

import http from 'node:http'
import https from 'node:https'

export const REDIRECT_URL = 'https://television.example/done'
const DEVICE_ID = 'ae1f2ad6-7c2f-4b0e-9c57-3d1c0d6f8a21'
const DEVICE_INFO = {
  primaryHardwareType: 'SetTopBox',
  model: 'TV 5th Gen',
  version: '2',
  manufacturer: 'Apple',
  vendor: 'Apple',
  osName: 'tvOS',
  osVendor: 'Apple',
  osVersion: '17.4',
  connectionType: 'WiFi',
  connectionSecure: true
}
const USER_AGENT = 'Television/1.0 (tvOS 17.4)'
export const JSON_BODY = { 'Content-Type': 'application/json' }
export const FORM_BODY = { 'Content-Type': 'application/x-www-form-urlencoded' }
export const PAUSES = [1, 2, 4] // seconds before each further try

/** The app cannot go on; the message is what it tells its user. */
export class GaveUpError extends Error {}

/** The API said no, and means it. */
class RefusedError extends GaveUpError {
  constructor (message, answer) {
    super(message)
    this.status = answer.status
    this.code = answer.code
  }
}

/** A call had no answer, or half of one. */
export class NoWholeAnswerError extends Error {}

/** An answer of the API, or a page for the browser. */
class ApiAnswer {
  constructor (status, location, text) {
    Object.assign(this, { status, location, text })
  }

  /** The body's JSON object; null where it is none, or has nothing in it. */
  get document () {
    try {
      const found = JSON.parse(this.text)
      return typeof found === 'object' && !Array.isArray(found) && Object.keys(found).length ? found : null
    } catch {
      return null
    }
  }

  /** The error's code; client registration calls it `error`. Empty where there is none. */
  get code () {
    return this.document?.code || this.document?.error || ''
  }

  /** Whether the API means what it says: asking again would bring the same. */
  get isFinal () {
    const refused = this.status >= 400 && this.status < 500 && this.status !== 429
    return refused && this.document?.action !== 'retry'
  }

  /** What went wrong, for a message. */
  get said () {
    if (this.status === 429) return 'throttled (429)'
    return this.status >= 400 ? `${this.status} ${this.code}`.trimEnd() : 'no JSON'
  }
}

export const text64 = text => Buffer.from(text).toString('base64')

/** One app on one device, as the API sees it: credentials, an access token, and the headers of its calls. */
export class ApiClient {
  #given
  #credentials = {}
  #token = ''

  /** `given`: url, statement, timeout (seconds that a call may take), speed (how many times faster it waits; for tests). */
  constructor (given) {
    this.#given = given
  }

  /** Say what happens in a step. */
  tell (step, text) {
    console.log(`${step.padEnd(14)} ${text}`)
  }

  /** Wait, in the app's own seconds. */
  wait (seconds) {
    return new Promise(resolve => setTimeout(resolve, seconds * 1000 / this.#given.speed))
  }

  /** Get credentials for this app on this device, and a token for them. */
  async register () {
    const body = JSON.stringify({ software_statement: this.#given.statement, redirect_uri: REDIRECT_URL })
    const made = (await this.#ask('register', 'POST', '/o/client/register', JSON_BODY, body)).document
    this.#credentials = { client_id: made.client_id, client_secret: made.client_secret }
    this.tell('register', 'the app has client credentials of its own')
    await this.#getToken()
  }

  async #getToken () {
    const form = new URLSearchParams({ ...this.#credentials, grant_type: 'client_credentials' }).toString()
    const made = (await this.#ask('token', 'POST', '/o/client/token', FORM_BODY, form)).document
    this.#token = made.access_token
    this.tell('token', `an access token, good for ${Math.floor(made.expires_in / 3600)} hours`)
  }

  /** Ask with an access token. After a 401 the app gets another one, and asks once more; it does not register again. */
  async call (step, method, path, more = {}, body = '', once = false) {
    const ask = () => this.#ask(step, method, path, { Authorization: `Bearer ${this.#token}`, ...more }, body, once)
    try {
      return await ask()
    } catch (refused) {
      if (refused.status !== 401) throw refused
    }
    this.tell(step, 'the access token is refused (401): gets another one')
    await this.#renewToken()
    return ask()
  }

  /** Get another token. Credentials that the API no longer knows (`invalid_client`) are replaced, too. */
  async #renewToken () {
    try {
      await this.#getToken()
    } catch (refused) {
      if (refused.code !== 'invalid_client') throw refused
      this.tell('token', 'invalid_client: registers again')
      await this.register()
    }
  }

  /** Ask the API, with the headers that say which device asks. */
  #ask (step, method, path, more, body = '', once = false) {
    const headers = {
      Accept: 'application/json',
      'User-Agent': USER_AGENT,
      'AP-Device-Identifier': `fingerprint ${text64(DEVICE_ID)}`,
      'X-Device-Info': text64(JSON.stringify(DEVICE_INFO)),
      ...more
    }
    return this.#try(step, method, path, headers, body, once)
  }

  /** Open a page as a browser does, without the app's headers. It follows no redirect. */
  browse (step, url) {
    return this.#try(step, 'GET', url, { Accept: 'text/html', 'User-Agent': 'Mozilla/5.0' })
  }

  /** Ask until there is an answer to go on with. `once`: again only where nothing was done, and else NoWholeAnswerError. */
  async #try (step, method, url, headers, body = '', once = false) {
    let problem
    for (const pause of [...PAUSES, 0]) {
      let done = '' // what may have been done, though the app does not know
      try {
        const answer = await this.#send(method, url, headers, body)
        if (answer.status < 400 && (answer.document || !headers.Accept.includes('json'))) return answer
        problem = answer.said
        if (answer.isFinal) throw new RefusedError(`${step}: the API refuses: ${problem}`, answer)
        done = answer.status !== 429 ? problem : ''
      } catch (error) {
        if (!(error instanceof NoWholeAnswerError)) throw error
        problem = done = error.message
      }
      if (once && done) throw new NoWholeAnswerError(done)
      if (pause) {
        this.tell(step, `${problem}: tries again in ${pause} s`)
        await this.wait(pause)
      }
    }
    throw new GaveUpError(`${step}: ${problem}, ${PAUSES.length + 1} times; try again later`)
  }

  /** Send one request on a connection of its own, and read its whole answer in time. */
  #send (method, url, headers, body) {
    const address = new URL(url, this.#given.url)
    const length = body ? { 'Content-Length': Buffer.byteLength(body) } : {}
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new NoWholeAnswerError(`no whole answer in ${this.#given.timeout} s`))
        asked.destroy()
      }, this.#given.timeout * 1000)
      const broken = () => {
        clearTimeout(late)
        reject(new NoWholeAnswerError('the connection broke'))
      }
      const { request } = address.protocol === 'https:' ? https : http
      const asked = request(address, { method, headers: { ...headers, ...length }, agent: false }, answer => {
        const pieces = []
        answer.on('data', piece => pieces.push(piece))
        answer.on('error', broken)
        answer.on('end', () => {
          clearTimeout(late)
          resolve(new ApiAnswer(answer.statusCode, answer.headers.location ?? '', Buffer.concat(pieces).toString()))
        })
      })
      asked.on('error', broken)
      asked.end(body)
    })
  }
}
