"""A child that speaks the protocol on its own, and then misbehaves as its argument says."""

import json
import os
import sys
import time

MODE = sys.argv[1]
OPERATION = {
    "name": "rogue.act",
    "kind": "query",
    "permission": "",
    "summary": "Misbehave.",
    "input": {"type": "object", "properties": {"what": {"type": "string", "default": ""}}},
    "output": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
}
HANDSHAKE = {"protocol": "1.0", "hooks": "1.0", "implements": ["mosaic_operations"]}


def send(**message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def raw(data):
    sys.stdout.flush()
    while data:
        data = data[os.write(1, data) :]


def long_line(_):
    for _ in range(100):
        raw(b"x" * 1_000_000)
    raw(b"\n")


def half_message(_):
    raw(b'{"jsonrpc": "2.0", "id":')
    sys.exit(0)


def twice(number):
    send(id=number, result={"text": "first"})
    send(id=number, result={"text": "second"})


def unknown_ids(number):
    send(id=987654, result=1)
    send(id="text", error={"code": 1, "message": "?"})
    send(id=None, error={"code": -32700, "message": "what?"})
    send(method="no/such/notification", params={})
    send(method="tell", params={"object": 5, "member": "gone"})
    send(id=1, method="no/such/request", params={})
    send(id=2, method="call", params={"object": {}, "member": "__class__"})
    send(id=number, result={"text": "still here"})


def closes_output(_):
    os.close(1)
    time.sleep(60)


def leaves_a_child(_):
    os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "600")
    os._exit(4)


ACTS = {
    "garbage": lambda _: raw(b"Listening on port 8080\n"),
    "long-line": long_line,
    "half-message": half_message,
    "twice": twice,
    "unknown-id": unknown_ids,
    "wrong-output": lambda number: send(id=number, result={"text": 5}),
    "no-output": lambda number: send(id=number, result=None),
    "bad-error": lambda number: send(id=number, error={}),
    "bad-error-shape": lambda number: raw(f'{{"jsonrpc": "2.0", "id": {number}, "error": 1}}\n'.encode()),
    "deaf": lambda _: time.sleep(60),
    "closes-output": closes_output,
    "leaves-a-child": leaves_a_child,
}


def act(number):
    ACTS.get(MODE, lambda number: send(id=number, result={"text": "well"}))(number)


def main():
    if MODE == "silent":
        sys.stderr.write("I say nothing\n")
        sys.stderr.flush()
        time.sleep(60)
    if MODE == "dies-at-once":
        sys.exit("no such library")
    if MODE == "greets":
        raw(b"Welcome to the plugin!\n")
    for line in sys.stdin:
        message = json.loads(line)
        method, number = message.get("method"), message.get("id")
        if method == "initialize":
            newer = {"newer-protocol": {"protocol": "2.0"}, "newer-hooks": {"hooks": "1.99"}}.get(MODE, {})
            send(id=number, result={**HANDSHAKE, **newer} if MODE != "odd-handshake" else ["hello"])
        elif method == "mosaic_operations":
            declared = {**OPERATION, "input": 5} if MODE == "bad-schema" else OPERATION
            send(id=number, result=[declared] if MODE != "odd-operations" else {"rogue.act": 1})
        elif method == "operation":
            act(number)
        elif method == "shutdown" and MODE != "stays":
            send(id=number, result=None)


main()
