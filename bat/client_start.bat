@echo off
chat-client %*
