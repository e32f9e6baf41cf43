#!/bin/sh
# Plays the scenarios in any CI system; the reports are in out/.
set -eu
PIXELPROOF_CHROME="${PIXELPROOF_CHROME:-$(pixelproof install-browser)}"
export PIXELPROOF_CHROME
exec pixelproof run --ci --jobs 2 --retries 1 --output out --report junit=out/junit.xml "$@"
