#!/bin/sh
# Measures WebGPU on this machine, and PyTorch with cuDNN if python3 has torch and CUDA. It needs no network. The options
# are those of the bench with --place node-webgpu: ./run.sh --scenario lstm --json results.json
here=$(cd "$(dirname "$0")" && pwd)
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"

# A container may have NVIDIA's driver without the file that registers it with Vulkan.
if [ -z "$VK_ICD_FILENAMES" ] && ! ls /usr/share/vulkan/icd.d /etc/vulkan/icd.d 2>/dev/null | grep -q nvidia &&
  ldconfig -p 2>/dev/null | grep -q libGLX_nvidia.so.0; then
  echo '{"file_format_version":"1.0.0","ICD":{"library_path":"libGLX_nvidia.so.0","api_version":"1.3.0"}}' \
    > "$here/nvidia_icd.json"
  export VK_ICD_FILENAMES="$here/nvidia_icd.json"
fi

exec "$here/node" "$here/bench/dist/node/main.js" --place node-webgpu "$@"
