// Logs a user in through oidc-provider's pages as a browser would: follows redirects, keeps cookies,
// fills in the forms, and stops at the redirect to the application.
//
// As a program: scripts/node tests/e2e/login.mjs LOGIN_URI [LOGIN]; prints the callback URL.

import { pathToFileURL } from 'node:url';

class CookieJar {
  #cookies = new Map();

  keep(response) {
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(';').map((part) => part.trim());
      const name = pair.slice(0, pair.indexOf('='));
      const path = attributes.find((a) => /^path=/i.test(a))?.slice('path='.length) ?? '/';
      this.#cookies.set(`${name} ${path}`, { pair, path });
    }
  }

  header(url) {
    return [...this.#cookies.values()]
      .filter(({ path }) => url.pathname.startsWith(path))
      .map(({ pair }) => pair).join('; ');
  }
}

const attribute = (tag, name) => tag.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1];

// The page's only form, filled in.
function fillForm(html, page, login) {
  const form = html.match(/<form\b[^>]*>/)?.[0];
  if (!form) throw new Error(`${page.pathname} has no form`);
  const body = new URLSearchParams();
  for (const [input] of html.matchAll(/<input\b[^>]*>/g)) {
    const name = attribute(input, 'name');
    if (name === 'login') body.set(name, login);
    else if (name === 'password') body.set(name, 'any');
    else if (name) body.set(name, attribute(input, 'value') ?? '');
  }
  return { url: new URL(attribute(form, 'action') ?? page.href, page), body };
}

// The URL that the browser is sent back to: code and state, or error.
export async function logIn(loginUri, login = 'alice') {
  const jar = new CookieJar();
  const server = new URL(loginUri).origin;
  let next = { url: new URL(loginUri) };
  for (let step = 0; step < 20; step += 1) {
    if (next.url.origin !== server) return next.url.href;
    const response = await fetch(next.url, {
      method: next.body ? 'POST' : 'GET',
      body: next.body,
      redirect: 'manual',
      headers: { cookie: jar.header(next.url) },
    });
    jar.keep(response);
    const location = response.headers.get('location');
    const text = await response.text();
    if (location) {
      next = { url: new URL(location, next.url) };
    } else if (response.ok) {
      next = fillForm(text, next.url, login);
    } else {
      throw new Error(`${next.url.pathname} answered ${response.status}`);
    }
  }
  throw new Error('the login does not end');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(await logIn(process.argv[2], process.argv[3]));
}
