#!/usr/bin/env bash
# Fetches the page's libraries from npm anew, by the versions below, as ES modules. Only needed to change a version: what it makes is
# in the repository, and its digests are in model/explore/page/vendor/README.md (a test compares them).
set -euo pipefail
cd "$(dirname "$0")/.."
page=$PWD/model/explore/page/vendor axe=$PWD/tests/browser/vendor work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund uplot@1.6.32 d3-force@3.0.0 axe-core@4.11.0 esbuild@0.27.0
bundle() { npx --no-install esbuild "$1" --bundle --minify --format=esm --legal-comments=none --log-level=warning --outfile="$2"; }
bundle node_modules/uplot/dist/uPlot.esm.js "$page/uplot.js"
bundle node_modules/d3-force/src/index.js "$page/d3-force.js"
cp node_modules/uplot/dist/uPlot.min.css "$page/uplot.css"
cp node_modules/uplot/LICENSE "$page/uplot.LICENSE"
cp node_modules/d3-force/LICENSE "$page/d3-force.LICENSE"
cp node_modules/axe-core/axe.min.js "$axe/axe.min.js"
cp node_modules/axe-core/LICENSE "$axe/axe.LICENSE"
(cd "$page" && sha256sum uplot.js uplot.css d3-force.js)
