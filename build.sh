#!/usr/bin/env bash
exec dotnet run --file "$(dirname "$0")/tools/build.cs" -- "$@"
