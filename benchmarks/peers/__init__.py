"""The load generator and the servers that the reference server is measured beside, most of them in a few lines."""
