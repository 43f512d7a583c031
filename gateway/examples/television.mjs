// An app on a television, as small as one can be: it logs in by code, watches, and signs out. `node television.mjs`.
//
// Its settings are environment variables, as in a real app: ADOBE_PASS_URL is the API's address, the others have defaults.
// television.py is the same app in Python, and says why: change both. Node.js 18 or later, without a package.

import { ApiClient, FORM_BODY, GaveUpError, JSON_BODY, NoWholeAnswerError, PAUSES, REDIRECT_URL } from './client.mjs'

const SERVICE_PROVIDER = 'REF30'
const MVPD = 'Cablevision'
const CHANNELS = ['News', 'Sports', 'Films']
const POLLS = 5
const SECONDS_BETWEEN_POLLS = 3

/** Return a statement in the form of a real one, with no signature in it: enough for the emulator. */
function statement () {
  const parts = [{ alg: 'RS256' }, { sub: 'television', iss: 'auth.adobe.com' }, {}]
  return parts.map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
}

/** Read the settings. What is wrong is told, all of it. */
function settings (environ) {
  const url = environ.ADOBE_PASS_URL ?? ''
  const wrong = []
  if (!/^https?:\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?\/?$/.test(url)) {
    wrong.push(`ADOBE_PASS_URL: expected the API's address, such as http://127.0.0.1:8080, found "${url}"`)
  }
  const [timeout, speed] = [['APP_TIMEOUT', '10'], ['APP_SPEED', '1']].map(([name, usual]) => {
    const text = environ[name] ?? usual
    if (!/^[0-9]{1,6}(\.[0-9]{1,6})?$/.test(text) || !Number(text)) {
      wrong.push(`${name}: expected a number above 0, found "${text}"`)
    }
    return Number(text)
  })
  if (wrong.length) {
    console.log(wrong.join('\n'))
    process.exit(2)
  }
  return { url, statement: environ.ADOBE_PASS_SOFTWARE_STATEMENT || statement(), timeout, speed }
}

/** The app, from its first start to the sign-out. */
class Television {
  #client

  constructor (client) {
    this.#client = client
  }

  /** Play the whole journey. A GaveUpError says where it could not go on. */
  async run () {
    await this.#client.register()
    await this.#offerMvpds()
    await this.#logIn()
    for (const channel of await this.#allowed(CHANNELS)) await this.#watch(channel)
    await this.#signOut()
  }

  async #offerMvpds () {
    const { document } = await this.#client.call('providers', 'GET', `/api/v2/${SERVICE_PROVIDER}/configuration`)
    const found = document.requestor.mvpds
    this.#client.tell('providers', `offers ${found.length} TV providers; the user chooses ${MVPD}`)
  }

  async #logIn () {
    const form = new URLSearchParams({ mvpd: MVPD, domainName: 'television.example', redirectUrl: REDIRECT_URL })
    const path = `/api/v2/${SERVICE_PROVIDER}/sessions`
    const session = (await this.#client.call('log in', 'POST', path, FORM_BODY, form.toString())).document
    if (session.actionName === 'authorize') {
      this.#client.tell('log in', 'is logged in already')
      return
    }
    this.#client.tell('log in', `shows the code ${session.code} and waits`)
    await this.#secondScreen(session.url)
    for (let poll = 0; poll < POLLS; poll++) {
      const byCode = `/api/v2/${SERVICE_PROVIDER}/profiles/code/${session.code}`
      const { profiles } = (await this.#client.call('log in', 'GET', byCode)).document
      if (Object.keys(profiles).length) {
        this.#client.tell('log in', `has a profile of ${Object.keys(profiles).join(', ')}`)
        return
      }
      await this.#client.wait(SECONDS_BETWEEN_POLLS)
    }
    throw new GaveUpError('log in: nobody logged in with the code; ask for another one')
  }

  /** Do what the user does on a telephone: open the login page, and press its button. */
  async #secondScreen (url) {
    let page = await this.#client.browse('second screen', url)
    if (page.status === 200) {
      const hidden = page.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)
      const query = new URLSearchParams([...hidden].map(([, name, value]) => [unescaped(name), unescaped(value)]))
      page = await this.#client.browse('second screen', `${url.split('?')[0]}?${query}`)
    }
    if (page.location !== REDIRECT_URL) {
      throw new GaveUpError('second screen: the login page did not lead back to the app')
    }
    this.#client.tell('second screen', 'the user opens the login page and presses "Log in"')
  }

  async #allowed (channels) {
    const decisions = await this.#decisions('channels', 'preauthorize', channels)
    const allowed = decisions.filter(each => each.authorized).map(each => each.resource)
    this.#client.tell('channels', `shows ${allowed.join(', ') || 'none'}`)
    return allowed
  }

  async #watch (channel) {
    const [decision] = await this.#decisions('watch', 'authorize', [channel])
    if (decision.authorized) {
      const minutes = Math.floor((decision.token.notAfter - decision.token.notBefore) / 60_000)
      this.#client.tell('watch', `plays ${channel}, with a media token for ${minutes} minutes`)
    } else {
      this.#client.tell('watch', `does not play ${channel}: ${decision.error.code}`)
    }
  }

  /** Ask what may be watched. A user whose login is over logs in once more; what may be tried again is tried again. */
  async #decisions (step, kind, resources) {
    const path = `/api/v2/${SERVICE_PROVIDER}/decisions/${kind}/${MVPD}`
    const pauses = [...PAUSES]
    let logins = 1
    for (;;) {
      const answer = await this.#client.call(step, 'POST', path, JSON_BODY, JSON.stringify({ resources }))
      const { decisions } = answer.document
      const errors = Object.fromEntries(decisions.filter(each => each.error).map(each => [each.error.action, each.error.code]))
      if (errors.authentication && logins) {
        logins -= 1
        this.#client.tell(step, `${errors.authentication}: the user logs in again`)
        await this.#logIn()
      } else if (errors.retry && pauses.length) {
        const pause = pauses.shift()
        this.#client.tell(step, `${errors.retry}: tries again in ${pause} s`)
        await this.#client.wait(pause)
      } else {
        return decisions
      }
    }
  }

  /** Sign out as the answer says. When the answer is lost, look whether it happened. */
  async #signOut () {
    const redirectUrl = encodeURIComponent(REDIRECT_URL)
    const path = `/api/v2/${SERVICE_PROVIDER}/logout/${MVPD}?redirectUrl=${redirectUrl}`
    for (let sent = 0; sent < 2; sent++) {
      let answer
      try {
        answer = await this.#client.call('sign out', 'GET', path, {}, '', true)
      } catch (lost) {
        if (!(lost instanceof NoWholeAnswerError)) throw lost
        this.#client.tell('sign out', `${lost.message}: looks whether it happened`)
        if ((await this.#profiles()).length) continue
        this.#client.tell('sign out', "it happened; the address of the provider's page is lost")
        return
      }
      await this.#follow(answer.document.logouts[MVPD])
      const left = await this.#profiles()
      this.#client.tell('sign out', `profiles that are left: ${left.join(', ') || 'none'}`)
      return
    }
    throw new GaveUpError('sign out: no whole answer, twice; the user is still logged in')
  }

  async #follow (logout) {
    if (logout.actionType !== 'interactive') {
      this.#client.tell('sign out', `${logout.actionName}: nothing is left to do`)
      return
    }
    this.#client.tell('sign out', 'the provider has a logout page: opens it')
    const page = await this.#client.browse('browser', logout.url)
    const there = page.location === REDIRECT_URL
    this.#client.tell('browser', `the page ${there ? 'leads back to the app' : 'does not lead back to the app'}`)
  }

  async #profiles () {
    const { document } = await this.#client.call('profiles', 'GET', `/api/v2/${SERVICE_PROVIDER}/profiles`)
    return Object.keys(document.profiles)
  }
}

const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', '#x27': "'", '#39': "'" }
const unescaped = text => text.replace(/&(amp|lt|gt|quot|#x27|#39);/g, (_, name) => NAMED[name])

try {
  await new Television(new ApiClient(settings(process.env))).run()
} catch (end) {
  if (!(end instanceof GaveUpError || end instanceof TypeError)) throw end
  const why = end instanceof GaveUpError ? end.message : 'an answer of the API is not as documented'
  console.log(`gave up        ${why}`)
  process.exitCode = 1
}
