@echo off
python -m PyInstaller --noconfirm --distpath "%~dp0..\dist" --workpath "%~dp0..\build\pyinstaller" "%~dp0..\executables\chatproto.spec" %*
