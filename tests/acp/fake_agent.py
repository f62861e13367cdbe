"""An agent that speaks ACP and does what its steps say, good or bad. Its only knowledge is in variables:

FAKE_STEPS (JSON: what it does in a turn), FAKE_LOG (a file: every message, both ways), FAKE_HELLO (JSON: what
its answer to ``initialize`` has besides).
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

LOG = Path(os.environ["FAKE_LOG"])
STEPS = json.loads(os.environ.get("FAKE_STEPS", "[]"))
HELLO = json.loads(os.environ.get("FAKE_HELLO", "{}"))
SESSIONS = Path(os.environ.get("HOME", "/nowhere")) / "sessions"


class Agent:
    def __init__(self):
        self.waiting = []
        self.session = ""
        self.cwd = "."
        self.number = 100
        self.is_cancelled = False
        self.is_loaded = False

    def send(self, message):
        message = {"jsonrpc": "2.0", **message}
        self.note("agent", message)
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()

    def note(self, who, message):
        with LOG.open("a") as file:
            file.write(json.dumps([who, message]) + "\n")

    def read(self):
        line = sys.stdin.readline()
        if not line:
            sys.exit(0)
        message = json.loads(line)
        self.note("client", message)
        return message

    def call(self, method, params):
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        while True:
            message = self.read()
            if message.get("id") == self.number and "method" not in message:
                return message
            self.heard(message)

    def heard(self, message):
        if message.get("method") == "session/cancel":
            self.is_cancelled = True
        else:
            self.waiting.append(message)

    def run(self):
        while True:
            message = self.waiting.pop(0) if self.waiting else self.read()
            method = message.get("method")
            if method == "session/cancel":
                continue
            result = getattr(self, method.replace("/", "_"))(message["params"])
            if result is not None:
                kind = "error" if "code" in result else "result"
                self.send({"id": message["id"], kind: result})

    def initialize(self, params):
        return {"protocolVersion": 1, "agentCapabilities": {}, "authMethods": [], **HELLO}

    def authenticate(self, params):
        return {}

    def session_new(self, params):
        if HELLO.get("needs_login"):
            return {"code": -32000, "message": "Authentication required"}
        self.session, self.cwd = f"session-{os.getpid()}", params["cwd"]
        SESSIONS.mkdir(parents=True, exist_ok=True)
        (SESSIONS / self.session).write_text("begun")
        return {"sessionId": self.session, **HELLO.get("session", {})}

    def session_load(self, params):
        if not (SESSIONS / params["sessionId"]).exists():
            return {"code": -32002, "message": "no such session"}
        self.session, self.cwd, self.is_loaded = params["sessionId"], params["cwd"], True
        self.do_say("what was said before")
        return {**HELLO.get("session", {})}

    def session_set_mode(self, params):
        return {}

    def session_set_config_option(self, params):
        return {"configOptions": []}

    def session_prompt(self, params):
        if HELLO.get("forgets") and self.is_loaded:
            self.is_loaded = False
            return {"code": -32603, "message": "Internal error", "data": {"details": "thread not found"}}
        for step in STEPS:
            [(name, value)] = step.items()
            ending = getattr(self, "do_" + name)(value)
            if ending is not None:
                return ending
        return {"stopReason": "end_turn"}

    def filled(self, value):
        text = json.dumps(value).replace("$CWD", self.cwd).replace("$TERMINAL", getattr(self, "terminal", ""))
        return json.loads(text)

    def do_update(self, update):
        self.send(
            {"method": "session/update", "params": {"sessionId": self.session, "update": self.filled(update)}}
        )

    def do_say(self, words):
        self.do_update({"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": words}})

    def do_ask(self, question):
        [(method, params)] = question.items()
        answer = self.call(method, {"sessionId": self.session, **self.filled(params)})
        if "terminalId" in (answer.get("result") or {}):
            self.terminal = answer["result"]["terminalId"]

    def do_permission(self, call):
        options = [
            {"optionId": "always", "name": "Always", "kind": "allow_always"},
            {"optionId": "yes", "name": "Yes", "kind": "allow_once"},
            {"optionId": "no", "name": "No", "kind": "reject_once"},
        ]
        call = {"toolCallId": "call-1", **call}
        self.do_ask({"session/request_permission": {"toolCall": call, "options": options}})

    def do_write(self, files):
        for name, content in files.items():
            path = Path(self.cwd) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)

    def do_link(self, links):
        for name, target in links.items():
            (Path(self.cwd) / name).symlink_to(target)

    def do_raw(self, data):
        sys.stdout.write(data)
        sys.stdout.flush()

    def do_flood(self, count):
        for number in range(count):
            self.do_say(f"{number} " + "x" * 200 + "\n")

    def do_huge(self, size):
        sys.stdout.write('{"jsonrpc": "2.0", "method": "' + "x" * size)
        sys.stdout.flush()
        time.sleep(1000)

    def do_error(self, words):
        sys.stderr.write(words + "\n")
        sys.stderr.flush()

    def do_child(self, argv):
        process = subprocess.Popen(argv, start_new_session=True, stdout=subprocess.DEVNULL)
        self.note("child", process.pid)

    def do_hang(self, seconds):
        time.sleep(seconds)

    def do_until_cancelled(self, reason):
        while not self.is_cancelled:
            self.heard(self.read())
        return {"stopReason": reason}

    def do_after_cancel(self, steps):
        while not self.is_cancelled:
            self.heard(self.read())
        for step in steps:
            [(name, value)] = step.items()
            getattr(self, "do_" + name)(value)

    def do_exit(self, code):
        sys.exit(code)

    def do_end(self, answer):
        return answer


Agent().run()
