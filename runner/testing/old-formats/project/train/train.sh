# Three numbers a step, and a hash chain over the steps as stages/TRACE.md has it.
set -eu
[ -e resume/half ] || { echo half > resume/half; exit 75; }

hash() { sha256sum | cut -d' ' -f1; }
losses='2 4000000000000000 1 3ff0000000000000 0.5 3fe0000000000000'
zeros=0000000000000000000000000000000000000000000000000000000000000000
body='"parts":["batch","loss","parameters"],"previous":"'$zeros'","trace":1,"what":"training"'
chain=$(printf '{"algorithm":"sha256",%s}' "$body" | hash)
printf '{"algorithm":"sha256","chain":"%s",%s}\n' "$chain" "$body" > trace.jsonl

mkdir -p outputs/model/parts
batch=$(hash < inputs/words)
cat inputs/words > outputs/model/weights
echo "width $2" > outputs/model/parts/config
printf '#!/bin/sh\ncat weights\n' > outputs/model/use.sh
chmod 755 outputs/model/use.sh
for step in $(seq "$1"); do
  set -- "$1" "$2" $losses
  shift $((2 * step))
  loss=$1 bits=$2
  echo "$step $loss" >> outputs/model/weights
  body='"parts":{"batch":"'$batch'","loss":"'$(printf %s "$bits" | hash)'","parameters":"'$(hash < outputs/model/weights)'"},"previous":"'$chain'","scalars":{"loss":"'$bits'"},"step":'$step
  chain=$(printf '{%s}' "$body" | hash)
  printf '{"chain":"%s",%s}\n' "$chain" "$body" >> trace.jsonl
  printf '{"step":%s,"loss":%s}\n' "$step" "$loss" >> metrics.jsonl
  echo "step $step"
done
