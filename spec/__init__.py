"""What the protocol is: prose, requirements, declarative wire format, states, nicks, display, vectors.

Nothing here opens a socket, reads a clock or imports from the project's other packages.
"""
