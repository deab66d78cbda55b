"""What `pytest --tripwire-verify` does; loaded with that option only."""
