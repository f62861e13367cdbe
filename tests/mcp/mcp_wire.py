"""Single messages of a client, as they go over the wire, in both eras."""

import itertools
import json

from mosaic_mcp.guard import token_of

MODERN, LEGACY = "2026-07-28", "2025-11-25"
ACCEPTS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
CLIENT = {"name": "test", "version": "1"}


class Wire:
    """Sends messages to the endpoint of a kernel; `begin` begins a session first, where the era has them."""

    def __init__(self, kernel, http, era=MODERN):
        [self.address] = kernel.port("transport").get("mcp").addresses
        self.http = http
        self.era = era
        self.numbers = itertools.count(1)
        self.headers = {**ACCEPTS, "authorization": f"Bearer {token_of(kernel.state_directory)}"}
        self.meta = {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientInfo": CLIENT,
            "io.modelcontextprotocol/clientCapabilities": {},
        }

    async def begin(self):
        if self.era == MODERN:
            self.headers["mcp-protocol-version"] = MODERN
            return self
        params = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": CLIENT}
        answer = await self.post({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})
        self.headers |= {"mcp-session-id": answer.headers["mcp-session-id"], "mcp-protocol-version": LEGACY}
        told = await self.post({"jsonrpc": "2.0", "method": "notifications/initialized"})
        assert told.status_code == 202
        return self

    def message(self, method, params=None, *, number=None, meta=()):
        params = {**(params or {})}
        known = self.meta if self.era == MODERN else {}
        if known or meta:
            params["_meta"] = {**known, **dict(meta)}
        number = next(self.numbers) if number is None else number
        return {"jsonrpc": "2.0", "id": number, "method": method, **({"params": params} if params else {})}

    def headers_of(self, message):
        if self.era != MODERN or "method" not in message:
            return {}
        params = message.get("params", {})
        name = params.get("name") or params.get("uri") if isinstance(params, dict) else None
        return {"mcp-method": message["method"], **({"mcp-name": name} if isinstance(name, str) else {})}

    async def post(self, message, **headers):
        given = {**self.headers, **self.headers_of(message), **headers}
        return await self.http.post(self.address, content=json.dumps(message), headers=given)

    async def ask(self, method, params=None, **options):
        return message_in(await self.post(self.message(method, params, **options)))


def message_in(answer):
    """Return the message that an answer holds, as its body or as the last event of a stream."""
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        return [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")][-1]
    return answer.json()
