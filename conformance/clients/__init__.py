"""Judging clients: the suite plays the server, and sees of a client what it sends, what it prints, and how it ends.

from conformance.clients.run import Client, judge
report = judge(Client(["chat-client", "--nick", "{nick}", "{host}:{port}"]), Options())
"""
