"""A real peer: the official SDK's server, in a process of its own. Its agent does what the words ask for.

``python sdk_server.py PORT LOG`` serves on 127.0.0.1, streaming under /stream and not under /whole. `LOG` gets
a line for each message and each cancellation.
"""

import asyncio
import base64
import json
import sys
from pathlib import Path

import uvicorn
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import (
    AgentCapabilities,
    AgentCard,
    AgentInterface,
    AgentSkill,
    Part,
    Task,
    TaskState,
    TaskStatus,
)
from google.protobuf import json_format, struct_pb2
from starlette.applications import Starlette
from starlette.routing import Mount

PORT, LOG = int(sys.argv[1]), Path(sys.argv[2])
PATCH = "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-old\n+new\n"


def note(*what):
    with LOG.open("a") as file:
        file.write(json.dumps(what) + "\n")


class Agent(AgentExecutor):
    async def execute(self, context, event_queue):
        words = context.get_user_input()
        files = {
            part.filename: base64.b64encode(part.raw).decode() for part in context.message.parts if part.raw
        }
        note("message", words, files)
        is_first = context.current_task is None
        if is_first:
            await event_queue.enqueue_event(
                Task(
                    id=context.task_id,
                    context_id=context.context_id,
                    status=TaskStatus(state=TaskState.TASK_STATE_SUBMITTED),
                )
            )
        task = TaskUpdater(event_queue, context.task_id, context.context_id)
        await task.start_work(task.new_agent_message([Part(text="I am at it.")]))
        if "ASK" in words and is_first:
            await task.requires_input(task.new_agent_message([Part(text="Which colour?")]))
            return
        if "HANG" in words:
            await asyncio.sleep(1000)
        if "FAIL" in words:
            await task.failed(task.new_agent_message([Part(text="I cannot.")]))
            return
        if "REJECT" in words:
            await task.reject(task.new_agent_message([Part(text="Not mine.")]))
            return
        colour = words if not is_first else "grey"
        await task.add_artifact([Part(text=f"colour: {colour}\n", filename="src/colour.txt")], artifact_id="1")
        await task.add_artifact([Part(raw=b"\x00\x01", filename="bin/data")], artifact_id="2")
        data = struct_pb2.Value()
        json_format.ParseDict({"count": 3}, data)
        await task.add_artifact([Part(data=data)], artifact_id="3", name="report")
        await task.add_artifact([Part(text="first, ")], artifact_id="4", name="notes")
        await task.add_artifact(
            [Part(text="second")], artifact_id="4", name="notes", append=True, last_chunk=True
        )
        if "PATCH" in words:
            await task.add_artifact(
                [Part(text=PATCH, media_type="text/x-diff")], artifact_id="5", name="change"
            )
        await task.complete(task.new_agent_message([Part(text="It is done.\nThe file stands.")]))

    async def cancel(self, context, event_queue):
        note("cancel", context.task_id)
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


def card(path, *, streaming):
    return AgentCard(
        name="Painter",
        description="Paints.",
        version="1",
        supported_interfaces=[
            AgentInterface(
                url=f"http://127.0.0.1:{PORT}/{path}/rpc", protocol_binding="JSONRPC", protocol_version="1.0"
            )
        ],
        capabilities=AgentCapabilities(streaming=streaming),
        default_input_modes=["text/plain"],
        default_output_modes=["text/plain"],
        skills=[AgentSkill(id="paint", name="Paint", description="Paints.", tags=["paint"])],
    )


def served(path, *, streaming):
    shown = card(path, streaming=streaming)
    handler = DefaultRequestHandler(agent_executor=Agent(), task_store=InMemoryTaskStore(), agent_card=shown)
    routes = [*create_agent_card_routes(shown), *create_jsonrpc_routes(handler, "/rpc")]
    return Mount(f"/{path}", routes=routes)


app = Starlette(routes=[served("stream", streaming=True), served("whole", streaming=False)])
uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="error")
