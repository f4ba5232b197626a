"""Tests of the register, `chat-stop` and `chat-demo`: with real processes, in a register of their own."""
