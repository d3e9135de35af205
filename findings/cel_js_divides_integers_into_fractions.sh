#!/usr/bin/env bash
# cel-js 0.8.2 (npm): numbers and errors. In CEL's language definition 7 and 2 are int and their quotient is the int 3, cut off
# towards zero; int has 64 bits; and `||` is true where one side is, also if the other one is an error. One would expect 3, two
# different numbers beyond 2**53, and true. Seen: 3.5, so `5 / 2 == 2` is false; 9007199254740993 equals 9007199254740992; and
# `true || 1 / 0 > 0` is an error. @marcbachmann/cel-js 8.0.0 says what the definition says each time.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund cel-js@0.8.2 @marcbachmann/cel-js@8.0.0 >/dev/null
cat >ask.mjs <<'P'
import * as first from "cel-js";
import * as second from "@marcbachmann/cel-js";

const text = (evaluate, expression) => {
  try {
    return String(evaluate(expression, {}));
  } catch (error) {
    return "an error: " + error.message.split("\n")[0];
  }
};
const seen = ["7 / 2", "-7 / 2", "5 / 2 == 2", "9007199254740993 == 9007199254740992", "1 / 0 > 0 || true", "true || 1 / 0 > 0", "6 / 2"].map((expression) => {
  const both = [text(first.evaluate, expression), text(second.evaluate, expression)];
  console.log("cel-js 0.8.2:", expression, "is", both[0], "| @marcbachmann/cel-js 8.0.0:", both[1]);
  return both;
});
const expected = [["3.5", "3"], ["-3.5", "-3"], ["false", "true"], ["true", "false"], ["an error: Division by zero", "true"], ["an error: Division by zero", "true"], ["3", "3"]];
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1);
P
node ask.mjs
