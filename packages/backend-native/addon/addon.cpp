/*
 * The addon's only function, `open(instructions, threads, sharesAll, errors)`: a new device, as an object with its operations as functions.
 * `errors` are core's classes of errors, in the order of FailureKind.
 */
#include <cstddef>
#include <string>
#include "device.h"
#include "instructions.h"
#include "napi.h"
#include "operations/operations.h"

namespace recurra {

constexpr int MAX_THREADS = 64;

/** A device is shared by its functions, of which each may live longest. */
struct Owned : Device {
  using Device::Device;

  napi_ref sharedReference = nullptr;
  int functions = 0;
};

static void forget(napi_env env, void* data, void*) {
  Owned* owned = static_cast<Owned*>(data);
  if (--owned->functions > 0) return;
  napi_delete_reference(env, owned->sharedReference);
  napi_delete_reference(env, owned->errors);
  delete owned;
}

static const MethodEntry METHODS[] = {
    method<unary>("unary"),
    method<affine>("affine"),
    method<binary>("binary"),
    method<select>("select"),
    method<fill>("fill"),
    method<matmul>("matmul"),
    method<recurrentForward>("recurrentForward"),
    method<recurrentBackward>("recurrentBackward"),
    method<sum>("sum"),
    method<maximum>("max"),
    method<softmax>("softmax"),
    method<logSoftmax>("logSoftmax"),
    method<transpose>("transpose"),
    method<slice>("slice"),
    method<paste>("paste"),
    method<gather>("gather"),
    method<scatterAdd>("scatterAdd"),
    method<denseForward>("denseForward"),
    method<denseBackward>("denseBackward"),
    method<crossEntropyForward>("crossEntropyForward"),
    method<crossEntropyBackward>("crossEntropyBackward"),
    method<scanForward>("scanForward"),
    method<scanBackward>("scanBackward"),
    method<ctcForward>("ctcForward"),
    method<ctcBackward>("ctcBackward"),
    method<optimizerStep>("optimizerStep"),
    method<create>("create"),
    method<upload>("upload"),
    method<uploadDoubles>("uploadDoubles"),
    method<uploadStaged>("uploadStaged"),
    method<uploadInt8>("uploadInt8"),
    method<read>("read"),
    method<readStaged>("readStaged"),
    method<freeListed>("freeListed"),
};

/** Frees all memory of a device. Every later call fails. */
static napi_value dispose(napi_env env, napi_callback_info info) {
  void* data;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  static_cast<Device*>(data)->close();
  return nullptr;
}

static void addFunction(napi_env env, napi_value object, Owned* owned, const MethodEntry& entry) {
  napi_value function;
  Device* device = owned;
  napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.call, device, &function);
  napi_add_finalizer(env, function, owned, forget, nullptr, nullptr);
  owned->functions++;
  napi_set_named_property(env, object, entry.name, function);
}

/** Adds `shared`, `freed` and `staging`, which are views of the shared memory. */
static void addSharedMemory(napi_env env, napi_value object, Owned* owned) {
  napi_value buffer, view;
  void* memory;
  napi_create_arraybuffer(env, sizeof(SharedMemory), &memory, &buffer);
  napi_create_reference(env, buffer, 1, &owned->sharedReference);
  owned->shared = static_cast<SharedMemory*>(memory);
  const auto addView = [&](const char* name, napi_typedarray_type type, size_t length, size_t offset) {
    napi_create_typedarray(env, type, length, buffer, offset, &view);
    napi_set_named_property(env, object, name, view);
  };
  addView("shared", napi_float64_array, SHARED, offsetof(SharedMemory, numbers));
  addView("freed", napi_int32_array, 1 + MAX_LISTED, offsetof(SharedMemory, freed));
  addView("staging", napi_float32_array, STAGING, offsetof(SharedMemory, staging));
}

static std::string stringOf(napi_env env, napi_value value) {
  char text[64] = "";
  size_t length;
  expectOk(napi_get_value_string_utf8(env, value, text, sizeof text, &length), "a string");
  return text;
}

static napi_value open(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value arguments[4];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  napi_ref errors;
  napi_create_reference(env, arguments[3], 1, &errors);
  const napi_value object = guarded(env, errors, [&] {
    const Kernels& kernels = kernelsNamed(stringOf(env, arguments[0]));
    int32_t threads;
    bool sharesAll;
    expectOk(napi_get_value_int32(env, arguments[1], &threads), "a number of threads");
    expectOk(napi_get_value_bool(env, arguments[2], &sharesAll), "true or false");
    if (threads < 1 || threads > MAX_THREADS) fail(FailureKind::option, "a device has 1 to " + std::to_string(MAX_THREADS) + " threads");
    Owned* owned = new Owned(kernels, threads, sharesAll);
    owned->errors = errors;
    napi_value object, title;
    napi_create_object(env, &object);
    addSharedMemory(env, object, owned);
    napi_create_string_utf8(env, kernels.title, NAPI_AUTO_LENGTH, &title);
    napi_set_named_property(env, object, "instructions", title);
    for (const MethodEntry& entry : METHODS) addFunction(env, object, owned, entry);
    addFunction(env, object, owned, {"dispose", dispose});
    return object;
  });
  if (!object) napi_delete_reference(env, errors);
  return object;
}

}  // namespace recurra

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "open", NAPI_AUTO_LENGTH, recurra::open, nullptr, &function);
  napi_set_named_property(env, exports, "open", function);
  return exports;
}
