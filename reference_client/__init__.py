"""The reference client: a console chat client in one thread.

`cli` reads the command line, `network` finds and connects the server, `conversation` turns events into shown lines
and typed lines into frames without any input or output of its own, and `line_mode` moves the octets between standard
input, the socket and standard output. What the conversation says about itself goes to standard error, so that
standard output holds frames and nothing else.
"""
