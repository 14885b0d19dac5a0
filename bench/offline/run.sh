#!/bin/sh
# Proves and measures Recurra on this machine's GPU: the suite on WebGPU and WebGL, then the times beside other libraries.
# It needs no network. ./run.sh --help lists the options; `./run.sh bench ...` is the bench's own command.
here=$(cd "$(dirname "$0")" && pwd)
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
# A bare machine has no C++ library. The machine's own is preferred, because its drivers may need it.
"$here/node" --version >/dev/null 2>&1 || export LD_LIBRARY_PATH="$LD_LIBRARY_PATH:$here/lib/more"

# A container may have NVIDIA's driver without the file that registers it with Vulkan.
if [ -z "$VK_ICD_FILENAMES$VK_DRIVER_FILES" ] && ! ls /usr/share/vulkan/icd.d /etc/vulkan/icd.d 2>/dev/null | grep -q nvidia; then
  if [ -f /usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json ]; then
    export VK_ICD_FILENAMES=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
  elif ldconfig -p 2>/dev/null | grep -q libGLX_nvidia.so.0; then
    echo '{"file_format_version":"1.0.0","ICD":{"library_path":"libGLX_nvidia.so.0","api_version":"1.3.0"}}' \
      > "$here/nvidia_icd.json"
    export VK_ICD_FILENAMES="$here/nvidia_icd.json"
  fi
fi

script=run-all
if [ "$1" = bench ]; then
  script=main
  shift
fi
exec "$here/node" "$here/bench/dist/node/$script.js" "$@"
