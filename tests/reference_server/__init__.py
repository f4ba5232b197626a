"""Tests of the reference server: each module by itself, then the server over loopback sockets and as a process."""
