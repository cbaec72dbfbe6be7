"""Calls the workspace once for each line that comes in, and says in a line how it went."""

import json
import sys

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.serving import ChatMessage, ChatMessageRole


def call(workspace, question):
    user = workspace.current_user.me().user_name
    message = ChatMessage(role=ChatMessageRole.USER, content=question)
    answer = workspace.serving_endpoints.query("m", messages=[message])
    return {"user": user, "answer": answer.choices[0].message.content}


def main():
    workspace = None
    for line in sys.stdin:
        try:
            # Made once: it keeps what it was given for as long as it likes.
            workspace = workspace or WorkspaceClient()
            said = {**call(workspace, json.loads(line)), "auth": workspace.config.auth_type}
        except Exception as error:
            said = {"error": str(error)}
        print(json.dumps(said), flush=True)


main()
