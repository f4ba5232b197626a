// A faithful server in another language, for the suite to prove that it judges octets and not Python.
// It keeps to spec/protocol.md, core and hardened; what is odd about it: callbacks, whole-second times, no Nagle delay,
// refusals ended at once, and headers filled from the left (FRAME-2 warns).
"use strict";
const net = require("net");

const MOST = 1048576; // FRAME-8
const BEHIND = 8 * 1048576; // ROBUST-3: more than 4 MiB, less than 64
const members = new Map(); // key of the nick (NICK-4) → connection, in the order of joining

const key = (nick) => nick.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const stamp = () => new Date().toISOString().slice(0, 19) + "Z"; // TIME-1; RELAY-4: cut, not rounded

let latest = "";
function now() {
  const time = stamp();
  if (time > latest) latest = time;
  return latest;
}

function frame(nick, text) {
  const body = Buffer.concat([Buffer.from(now() + "\0"), nick, Buffer.from("\0"), text]);
  return Buffer.concat([Buffer.from(String(body.length).padStart(10)), body]); // FRAME-3: right-justified is a header, too
}

function send(peer, octets) {
  if (peer.over) return;
  peer.socket.write(octets);
  if (peer.socket.writableLength > BEHIND) end(peer, true); // ROBUST-3
}

function announce(nick, verb) {
  const octets = frame(Buffer.from("Server"), Buffer.from(`[${nick}] ${verb} the chat`));
  for (const member of [...members.values()]) send(member, octets);
}

// The connection ends: its leave is announced once (LEAVE-1), and to nobody if it never joined (LEAVE-3).
function end(peer, abruptly) {
  if (peer.over) return;
  peer.over = true;
  clearTimeout(peer.timer);
  if (abruptly) peer.socket.destroy();
  else {
    peer.socket.end();
    setTimeout(() => peer.socket.destroy(), 2000).unref();
  }
  if (peer.nick === null) return;
  members.delete(key(peer.nick));
  announce(peer.nick, "left");
}

function refuse(peer, reason) {
  send(peer, frame(Buffer.from("Server"), Buffer.from(reason))); // JOIN-5
  end(peer, false);
}

function problem(nick) {
  const scalars = [...nick].length;
  if (scalars < 1 || scalars > 64) return "a nick has 1 to 64 characters"; // NICK-1
  if (/[\0-\x1f\x7f-\x9f\u2028\u2029]/.test(nick)) return "a nick has no control characters";
  if (/^[ \xa0\u1680\u2000-\u200a\u202f\u205f\u3000]|[ \xa0\u1680\u2000-\u200a\u202f\u205f\u3000]$/.test(nick))
    return "a nick neither begins nor ends with white space";
  if (key(nick) === "server") return "this nick is the server's own"; // NICK-4
  return members.has(key(nick)) ? "this nick is taken" : null; // NICK-5
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }); // BODY-2

function take(peer, body) {
  const first = body.indexOf(0);
  const second = body.indexOf(0, first + 1);
  if (first < 0 || second < 0 || body.indexOf(0, second + 1) >= 0) return refuse(peer, "a body has three fields"); // BODY-3
  let nick;
  try {
    utf8.decode(body);
    nick = utf8.decode(body.subarray(first + 1, second));
  } catch {
    return refuse(peer, "a body is UTF-8"); // BODY-3
  }
  if (peer.nick !== null) {
    const octets = frame(Buffer.from(peer.nick), body.subarray(second + 1)); // RELAY-5: the registered nick
    for (const member of [...members.values()]) if (member !== peer) send(member, octets);
    return;
  }
  const reason = problem(nick);
  if (reason !== null) return refuse(peer, reason);
  clearTimeout(peer.timer);
  peer.nick = nick;
  members.set(key(nick), peer);
  announce(nick, "joined");
}

// FRAME-6: whatever was read together is put together, and cut into frames again.
function receive(peer, octets) {
  peer.waiting.push(octets);
  peer.length += octets.length;
  if (peer.length < peer.need) return;
  let buffer = Buffer.concat(peer.waiting);
  for (;;) {
    peer.need = 10;
    if (peer.over || buffer.length < 10) break;
    const header = /^ *([0-9]+) *$/.exec(buffer.toString("latin1", 0, 10));
    if (header === null || buffer[9] === 10 || Number(header[1]) > MOST) {
      refuse(peer, "malformed header"); // FRAME-4, FRAME-8
      break;
    }
    peer.need = 10 + Number(header[1]);
    if (buffer.length < peer.need) break;
    take(peer, buffer.subarray(10, peer.need));
    buffer = buffer.subarray(peer.need);
  }
  peer.waiting = peer.over ? [] : [Buffer.from(buffer)];
  peer.length = buffer.length;
}

const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const peer = { socket, nick: null, over: false, waiting: [], length: 0, need: 10, timer: null };
  peer.timer = setTimeout(() => end(peer, true), 20000); // ROBUST-4
  socket.on("data", (octets) => peer.over || receive(peer, octets));
  socket.on("end", () => end(peer, false)); // LEAVE-2
  socket.on("error", () => end(peer, true)); // ROBUST-5
  socket.on("close", () => end(peer, true));
});
server.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 1024 });
