#!/usr/bin/env python3
"""A complete recipient of Loudhailer in the standard library alone (Python 3.9 or later).

    python3 client.py https://loudhailer.example.com --workspace default [--token JWT]

Prints one JSON object a line: what to show, what to take away. Reads lines of commands:
`dismiss <id>`, `click <id>`, `snooze <id> <seconds>`, `quit`. docs/protocol.md explains each step.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import random
import socket
import ssl
import struct
import sys
import threading
import time
from datetime import datetime
from typing import Any, Callable
from urllib.parse import urlencode, urlsplit

PATH = "/api/creator/broadcast/ws"
PROTOCOL = "loudhailer.v1"
MAX_WAIT_S = 30.0
PONG_TIMEOUT_S = 10.0
RESEND_S = 5.0
SEEN_AFTER_S = 1.0
SEEN_SPREAD_S = 10.0
# Coming back after these is of no use: see the table of close codes.
FINAL_CODES = {1008, 4401, 4403, 4404, 4409}
# Answers that settle a dismissal although it was not taken.
FINAL_ERRORS = {"not_found", "not_dismissible", "revision_ahead", "invalid"}

Event = Callable[[str, dict], None]


class Closed(Exception):
    """The connection has ended; `code` is 1006 where nobody said why."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"{code} {reason}")
        self.code = code


class WebSocket:
    """RFC 6455, as much of it as a client needs."""

    def __init__(self, url: str, protocols: list[str], timeout: float = 10.0) -> None:
        parts = urlsplit(url)
        secure = parts.scheme in ("https", "wss")
        host, port = parts.hostname or "", parts.port or (443 if secure else 80)
        self._socket = socket.create_connection((host, port), timeout)
        if secure:
            self._socket = ssl.create_default_context().wrap_socket(
                self._socket, server_hostname=host
            )
        self._rest = b""
        self._lock = threading.Lock()
        self._handshake(parts.netloc, f"{parts.path}?{parts.query}", protocols)

    def _handshake(self, host: str, target: str, protocols: list[str]) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {target} HTTP/1.1",
            f"Host: {host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Protocol: {', '.join(protocols)}",
        ]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self._rest:
            self._fill()
        head, self._rest = self._rest.split(b"\r\n\r\n", 1)
        status = head.split(b"\r\n", 1)[0].decode()
        magic = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(magic.encode()).digest())
        if " 101 " not in status or accept not in head:
            raise ConnectionError(f"the handshake was refused: {status}")

    def send(self, text: str) -> None:
        self._send(0x1, text.encode())

    def close(self) -> None:
        try:
            self._send(0x8, struct.pack("!H", 1000))
        except OSError:
            pass
        self._socket.close()

    def receive(self, timeout: float) -> str | None:
        """The next text; None when none came in time. Raises Closed."""
        message = b""
        while True:
            frame = self._frame(timeout if message == b"" else 10.0)
            if frame is None and message:
                raise Closed(1006, "a message stopped half-way")
            if frame is None:
                return None
            opcode, payload, is_last = frame
            if opcode == 0x9:
                self._send(0xA, payload)
            elif opcode == 0x8:
                code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
                raise Closed(code, payload[2:].decode(errors="replace"))
            elif opcode in (0x0, 0x1):
                message += payload
                if is_last:
                    return message.decode()

    def _send(self, opcode: int, payload: bytes) -> None:
        length = len(payload)
        if length < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | length)
        elif length < 65536:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, length)
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        with self._lock:
            self._socket.sendall(head + mask + masked)

    def _frame(self, timeout: float) -> tuple[int, bytes, bool] | None:
        self._socket.settimeout(timeout)
        try:
            while True:
                parsed = self._parse()
                if parsed is not None:
                    return parsed
                self._fill()
        except socket.timeout:
            return None
        except OSError as error:
            raise Closed(1006, str(error)) from error

    def _parse(self) -> tuple[int, bytes, bool] | None:
        data = self._rest
        if len(data) < 2:
            return None
        length, start = data[1] & 0x7F, 2
        if length == 126:
            start = 4
        elif length == 127:
            start = 10
        if len(data) < start:
            return None
        if start > 2:
            length = int.from_bytes(data[2:start], "big")
        if len(data) < start + length:
            return None
        self._rest = data[start + length :]
        return data[0] & 0x0F, data[start : start + length], bool(data[0] & 0x80)

    def _fill(self) -> None:
        chunk = self._socket.recv(65536)
        if chunk == b"":
            raise Closed(1006, "the connection was lost")
        self._rest += chunk


class Client:
    """Keeps what should be on screen in step with the server, over one connection after another."""

    def __init__(
        self,
        url: str,
        workspace: str,
        on_event: Event,
        get_token: Callable[[], str] | None = None,
        locale: str | None = None,
    ) -> None:
        self.shown: dict[str, dict] = {}
        self._url, self._workspace, self._locale = url.rstrip("/"), workspace, locale
        self._get_token, self._on_event = get_token, on_event
        self._socket: WebSocket | None = None
        self._session: str | None = None
        self._seq: int | None = None
        self._silence_s = 40.0
        self._announced: set[tuple[str, int]] = set()
        self._dismissed: dict[str, int] = {}
        self._unconfirmed: dict[str, float] = {}
        self._snoozed: dict[str, float] = {}
        self._seen_due: dict[str, float] = {}
        self._clock_offset = 0.0
        self._was_connected = False
        self._stopped = False
        self._lock = threading.RLock()
        self._handlers: dict[str, Callable[[dict], None]] = {
            "connected": self._on_connected,
            "active_broadcast": self._on_broadcast,
            "new_broadcast": self._on_broadcast,
            "broadcast_updated": self._on_broadcast,
            "broadcast_cleared": self._on_cleared,
            "broadcast_acknowledged": self._on_acknowledged,
            "error": self._on_error,
        }

    # ------------------------------------------------------------ what a user does

    def dismiss(self, broadcast_id: str) -> None:
        """Gone at once here; sent until the server has given a final answer."""
        with self._lock:
            broadcast = self.shown.get(broadcast_id)
            if broadcast is None or not broadcast["dismissible"]:
                return
            self._dismissed[broadcast_id] = broadcast["revision"]
            self._unconfirmed[broadcast_id] = 0.0
            self._hide(broadcast_id, "dismissed")

    def click(self, broadcast_id: str) -> None:
        self._send({"type": "broadcast_clicked", "broadcast_id": broadcast_id})

    def snooze(self, broadcast_id: str, seconds: int) -> None:
        self._send(
            {"type": "snooze_broadcast", "broadcast_id": broadcast_id, "seconds": seconds}
        )

    def stop(self) -> None:
        self._stopped = True
        if self._socket:
            self._socket.close()

    # ---------------------------------------------------------------- connections

    def run(self) -> None:
        """Returns when it was stopped, or when coming back would be useless."""
        failures = 0
        while not self._stopped:
            after: float | None = None
            try:
                self._socket = self._connect()
                after = self._listen(self._socket)
            except Closed as closed:
                self._on_event("disconnected", {"code": closed.code})
                if closed.code in FINAL_CODES:
                    return
            except (OSError, ConnectionError) as error:
                self._on_event("unreachable", {"reason": str(error)})
            failures = 0 if self._was_connected else failures + 1
            if after is None:
                after = random.random() * min(MAX_WAIT_S, 2**failures)
            if not self._stopped:
                time.sleep(after)

    def _connect(self) -> WebSocket:
        self._was_connected = False
        query: dict[str, Any] = {"workspace": self._workspace}
        if self._locale:
            query["locale"] = self._locale
        if self._seq is not None:
            query["seq"] = self._seq
        protocols = [PROTOCOL]
        if self._get_token:
            protocols.append(f"loudhailer.token.{self._get_token()}")
        if self._session:
            protocols.append(f"loudhailer.session.{self._session}")
        return WebSocket(f"{self._url}{PATH}?{urlencode(query)}", protocols)

    def _listen(self, websocket: WebSocket) -> float | None:
        """Until the connection ends; returns how long to stay away where the server said so."""
        heard_at = time.monotonic()
        after: float | None = None
        try:
            while not self._stopped:
                text = websocket.receive(timeout=0.2)
                if text is not None:
                    heard_at = time.monotonic()
                    after = self._take(websocket, text, after)
                elif time.monotonic() - heard_at > self._silence_s:
                    raise Closed(1006, "the server has gone silent")
                self._tick()
        except Closed as closed:
            if after is None:
                raise
            self._on_event("disconnected", {"code": closed.code})
        finally:
            websocket.close()
        return after

    def _take(self, websocket: WebSocket, text: str, after: float | None) -> float | None:
        if text == "ping":
            websocket.send("pong")
        if text in ("ping", "pong"):
            return after
        frame = json.loads(text)
        if frame["type"] == "reconnect":
            return frame["after_ms"] / 1000
        with self._lock:
            handler = self._handlers.get(frame["type"])
            if handler:  # what is not known is of a later version
                handler(frame)
        return after

    def _send(self, frame: dict) -> None:
        try:
            if self._socket:
                self._socket.send(json.dumps(frame))
        except OSError:
            pass  # the reader notices, and comes back

    # --------------------------------------------------------------------- frames

    def _on_connected(self, frame: dict) -> None:
        self._was_connected = True
        self._session = frame["session_token"] or None
        self._seq = frame["seq"]
        self._silence_s = frame["ping_interval_ms"] / 1000 + PONG_TIMEOUT_S
        self._clock_offset = parse_time(frame["server_time"]) - time.time()
        self._on_event("connected", {"worker": frame["worker_id"], "user": frame["user_id"]})
        # The full list of what should now be there: anything else goes.
        wanted = {entry["id"] for entry in frame["active"]}
        for broadcast_id in [known for known in self.shown if known not in wanted]:
            self._hide(broadcast_id, "gone")
        for broadcast_id in self._unconfirmed:
            self._unconfirmed[broadcast_id] = 0.0

    def _on_broadcast(self, frame: dict) -> None:
        self._show(frame["broadcast"])

    def _on_cleared(self, frame: dict) -> None:
        self._seq = max(self._seq or 0, frame["seq"])
        self._hide(frame["broadcast_id"], frame["reason"])

    def _on_acknowledged(self, frame: dict) -> None:
        broadcast_id, revision = frame["broadcast_id"], frame["revision"]
        self._unconfirmed.pop(broadcast_id, None)
        self._dismissed[broadcast_id] = max(revision, self._dismissed.get(broadcast_id, 0))
        broadcast = self.shown.get(broadcast_id)
        if broadcast and self._is_dismissed(broadcast):
            self._hide(broadcast_id, "dismissed")
        self._on_event("acknowledged", {"id": broadcast_id, "revision": revision})

    def _on_error(self, frame: dict) -> None:
        if frame.get("code") in FINAL_ERRORS:
            self._unconfirmed.pop(frame.get("broadcast_id", ""), None)
        self._on_event("refused", {"code": frame["code"], "message": frame["message"]})

    # ------------------------------------------------------------------ the screen

    def _show(self, broadcast: dict) -> None:
        broadcast_id, revision = broadcast["id"], broadcast["revision"]
        self._seq = max(self._seq or 0, broadcast["seq"])
        known = self.shown.get(broadcast_id)
        if known and known["seq"] > broadcast["seq"]:
            return  # only forward
        if self._is_dismissed(broadcast):
            return
        self.shown[broadcast_id] = broadcast
        snoozed_until = broadcast["snoozed_until"]
        if snoozed_until and parse_time(snoozed_until) > self._now():
            self._snoozed[broadcast_id] = parse_time(snoozed_until)
            if known:
                self._on_event("hide", {"id": broadcast_id, "reason": "snoozed"})
            return
        # A (broadcast, revision) is announced once, whatever the connection did meanwhile.
        is_news = (broadcast_id, revision) not in self._announced
        self._announced.add((broadcast_id, revision))
        self._seen_due.setdefault(
            broadcast_id, time.monotonic() + SEEN_AFTER_S + random.random() * SEEN_SPREAD_S
        )
        if known != broadcast or is_news:
            self._on_event("show", {"announce": is_news, **summary(broadcast)})

    def _hide(self, broadcast_id: str, reason: str) -> None:
        self._seen_due.pop(broadcast_id, None)
        self._snoozed.pop(broadcast_id, None)
        if self.shown.pop(broadcast_id, None):
            self._on_event("hide", {"id": broadcast_id, "reason": reason})

    def _is_dismissed(self, broadcast: dict) -> bool:
        counts_from = broadcast.get("show_from_revision", broadcast["revision"])
        return self._dismissed.get(broadcast["id"], 0) >= counts_from

    def _tick(self) -> None:
        """What time brings: ends, snoozes that are over, receipts, answers that did not come."""
        with self._lock:
            now, server_now = time.monotonic(), self._now()
            for broadcast_id, broadcast in list(self.shown.items()):
                if broadcast["ends_at"] and parse_time(broadcast["ends_at"]) <= server_now:
                    self._hide(broadcast_id, "ended")
            for broadcast_id, until in list(self._snoozed.items()):
                if until <= server_now:
                    del self._snoozed[broadcast_id]
                    self._show({**self.shown.pop(broadcast_id), "snoozed_until": None})
            for broadcast_id, due in list(self._seen_due.items()):
                if due <= now:
                    self._seen_due[broadcast_id] = float("inf")
                    self._send({"type": "broadcast_seen", "broadcast_id": broadcast_id})
            for broadcast_id, sent_at in list(self._unconfirmed.items()):
                if now - sent_at > RESEND_S:
                    self._unconfirmed[broadcast_id] = now
                    self._send(
                        {
                            "type": "acknowledge_broadcast",
                            "broadcast_id": broadcast_id,
                            "revision": self._dismissed[broadcast_id],
                        }
                    )

    def _now(self) -> float:
        return time.time() + self._clock_offset


def parse_time(text: str) -> float:
    """`2026-11-21T14:00:00.000Z` as Unix seconds."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def summary(broadcast: dict) -> dict:
    wanted = ("id", "revision", "type", "title", "message", "action", "dismissible", "locale")
    return {name: broadcast[name] for name in wanted}


def main() -> int:
    parser = argparse.ArgumentParser(description="A recipient of Loudhailer in the terminal.")
    parser.add_argument("url")
    parser.add_argument("--workspace", default="default")
    parser.add_argument("--token", help="a user token; an anonymous visitor when absent")
    parser.add_argument("--locale")
    options = parser.parse_args()

    def report(event: str, fields: dict) -> None:
        print(json.dumps({"event": event, **fields}), flush=True)

    token = options.token
    client = Client(
        options.url,
        options.workspace,
        report,
        get_token=(lambda: token) if token else None,
        locale=options.locale,
    )
    runner = threading.Thread(target=client.run, daemon=True)
    runner.start()
    for line in sys.stdin:
        command, *arguments = line.split() or [""]
        if command == "quit":
            break
        if command == "dismiss":
            client.dismiss(*arguments[:1])
        elif command == "click":
            client.click(*arguments[:1])
        elif command == "snooze":
            client.snooze(arguments[0], int(arguments[1]))
    client.stop()
    runner.join(2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
