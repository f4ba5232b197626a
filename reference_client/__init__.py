"""The reference client: a console chat client in one thread.

`cli` reads the command line, `network` finds and connects the server, and `conversation` turns octets into `frames`
and typed lines into octets, without any input or output of its own. On that stand two modes.

`line_mode` moves lines between standard input, the socket and standard output, for pipes and scripts. What the
conversation says about itself goes to standard error, so that standard output holds frames and nothing else.

The terminal mode decides first and acts then: `desk` (what a typed line means), `membership` (joining, loss, return),
`questions`, `commands`, `people`, `scrollback` and `view` (what is shown) know neither terminal nor socket, and say
what is to be done to a `shell`. `terminal`, with its parts `terminal_input`, `terminal_paper` and `terminal_link`, is
that shell, and the only one that imports prompt_toolkit.
"""
