@echo off
chat-demo %*
