"""A newspaper of our own on 127.0.0.1, and the command that crawls it."""
