dotnet run --file "$PSScriptRoot/tools/build.cs" -- @args
exit $LASTEXITCODE
