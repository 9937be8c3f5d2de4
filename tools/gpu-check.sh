#!/bin/sh
# Runs the suite and the benchmarks of this archive, without .NET or internet, and writes a JSON report.
#
#   ./gpu-check.sh [REPORT]               with this machine's GPU: without one it says why there is none, and fails
#   ./gpu-check.sh --software [REPORT]    on the CPU and the software GPU; the benchmarks small, as a check
#
# FILTER, if set, is the suite's filter, and BENCH the benchmarks' ('*Pool2d*'): a part of them. Where Python has PyTorch
# with a GPU, the whole network runs beside it too; where CUDA's compute-sanitizer is, the ops' tests run again under its
# memcheck and racecheck.
here=$(cd "$(dirname "$0")" && pwd) || exit 1
mode=gpu device=cuda
if [ "$1" = --software ]; then mode=software device=software; shift; else export ZFNET_REQUIRE_GPU=1; fi
report=${1:-$here/report.json}
export DOTNET_ROOT="$here/dotnet" PATH="$here/dotnet:$PATH" DOTNET_CLI_TELEMETRY_OPTOUT=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1
# cuBLAS may be nowhere but beside PyTorch.
libraries=$(python3 -c 'import glob, site
print(":".join(path for root in [*site.getsitepackages(), site.getusersitepackages()] for path in glob.glob(root + "/nvidia/*/lib")))' 2> /dev/null)
export LD_LIBRARY_PATH="$LD_LIBRARY_PATH${LD_LIBRARY_PATH:+${libraries:+:}}$libraries"
machine=$(dotnet "$here/app/zfnet.dll" info --json) || exit 1
none=$(printf '%s\n' "$machine" | sed -n 's/^ *"noGpu": "\(.*\)",*$/\1/p')
if [ $mode = gpu ] && [ -n "$none" ]; then
    echo "gpu-check: $none ./gpu-check.sh --software runs on the CPU and the software GPU." >&2
    exit 2
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
printf '<RunSettings><NUnit><TestOutputXml>%s</TestOutputXml></NUnit></RunSettings>\n' "$work" > "$work/run.runsettings"

dotnet "$here/app/ZfNet.Tests.dll" --settings "$work/run.runsettings" --results-directory "$work/results" \
    --progress off --ansi off --show-stdout Failed --show-stderr Failed ${FILTER:+--filter "$FILTER"}
exit=$?
xml=$work/ZfNet.Tests.xml
[ -f "$xml" ] || { echo "gpu-check: the suite left no result." >&2; exit 1; }
count() { grep -m1 '<test-run ' "$xml" | sed "s/.* $1=\"\([0-9]*\)\".*/\1/"; }
failed=$(grep -o '<test-case [^>]*result="Failed"' "$xml" |
    sed 's/.* fullname="\([^"]*\)".*/\1/; s/\\/\\\\/g; s/.*/    "&"/; $!s/$/,/')

memcheck=null racecheck=null
sanitizer=$(PATH="$PATH:/usr/local/cuda/bin" command -v compute-sanitizer)
if [ $mode = gpu ] && [ -n "$sanitizer" ]; then
    for tool in memcheck racecheck; do
        log=${report%.json}.$tool.log
        # The driver is asked for a kernel's parameters until it says that there is none: not a fault of a kernel.
        calls=
        [ $tool = racecheck ] || calls='--report-api-errors no'
        echo "gpu-check: $tool; what it finds goes to $log"
        # shellcheck disable=SC2086 # two words or none
        "$sanitizer" --tool $tool $calls --error-exitcode 86 --log-file "$log" dotnet "$here/app/ZfNet.Tests.dll" \
            --results-directory "$work/$tool" --progress off --ansi off \
            --filter "${FILTER:+($FILTER)&}FullyQualifiedName~Ops&FullyQualifiedName~\"cuda\"" > "$work/$tool.out" 2>&1
        found=$?
        [ $found -eq 0 ] || { tail -n 8 "$work/$tool.out" >&2; tail -n 3 "$log" >&2; [ $exit -ne 0 ] || exit=$found; }
        eval "$tool=$found"
    done
fi

echo "gpu-check: benchmarks; what they print goes to ${report%.json}.bench.log"
bench=$here/app/ZfNet.Benchmarks.dll
dotnet "$bench" --device $device --report "$work/bench.json" --artifacts "$work/artifacts" --filter "${BENCH:-*}" \
    > "${report%.json}.bench.log" 2>&1
benched=$?
[ $benched -eq 0 ] || tail -n 3 "${report%.json}.bench.log" >&2
race=null
if [ $mode = gpu ] && [ $benched -eq 0 ] && [ -z "$BENCH" ] && command -v python3 > /dev/null; then
    race=$(python3 "$here/torch_race.py" -- dotnet "$bench" --device cuda) || race=null
fi

cat > "$report.new" <<JSON && mv "$report.new" "$report" || exit 1
{
  "date": "$(date -u +%Y-%m-%dT%H:%M:%SZ)",
  "commit": "$(cat "$here/commit")",
  "mode": "$mode",
  "exit": $exit,
  "passed": $(count passed),
  "failed": $(count failed),
  "skipped": $(count skipped),
  "failedTests": [
$failed
  ],
  "memcheckExit": $memcheck,
  "racecheckExit": $racecheck,
  "benchmarksExit": $benched,
  "benchmarks": $(if [ -f "$work/bench.json" ]; then cat "$work/bench.json"; else echo null; fi),
  "besidePyTorch": $race,
  "machine": $machine
}
JSON
echo "gpu-check: $(count passed) passed, $(count failed) failed, $(count skipped) skipped; benchmarks: exit $benched; $report"
[ $exit -ne 0 ] || exit=$benched
exit $exit
