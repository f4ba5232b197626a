@echo off
chat-server %*
