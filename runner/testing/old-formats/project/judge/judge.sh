# The longer model is the better one.
set -eu
[ "$1" = false ] || { echo "broken, as asked" >&2; exit 1; }
for model in inputs/models/*; do echo "$(basename "$model") $(($(wc -l < "$model/weights")))"; done > outputs/verdict
echo '{"best":"long"}' > values.json
