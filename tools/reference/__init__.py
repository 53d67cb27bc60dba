"""What writes the pages of ``docs/reference`` about the REST and WebSocket interfaces."""
