"""The pages people open in a browser: built from ``web/`` into ``built/``, and served from memory."""
