"""What goes with the reference server and client on one machine: a register of what runs, `chat-stop`, `chat-demo`.

`running` is the register, in which the server and the client note themselves; `stop` ends what it finds there. `demo`
opens a server and clients, by `tmux` in panes or by `desktop` in windows; `pane` is what runs in each of them, and
`awaiting` hears from it that the server listens. The server and the client are started as commands, never imported.
"""
