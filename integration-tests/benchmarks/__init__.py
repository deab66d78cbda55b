"""What a test suite pays: tripwire, its peers and the bare clients, measured in one run."""
