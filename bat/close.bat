@echo off
chat-stop %*
