"""The reference server: one thread, one loop over non-blocking sockets.

Read `server.py` first (the loop), then `room.py` (what is decided) and `broadcast.py` (how it reaches everybody).
"""
