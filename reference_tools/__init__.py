"""What goes with the reference server and client on one machine: a register of what runs, and `chat-stop`.

`running` is the register, in which the server and the client note themselves; `stop` ends what it finds there.
"""
