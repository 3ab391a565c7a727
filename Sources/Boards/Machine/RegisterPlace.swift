import DeviceModel
import GuestMemory

/// Where registers of a device are mapped.
struct RegisterPlace {
  /// The device's name.
  let device: String
  /// Its model.
  let type: any Device.Type
  /// The number of the model's region.
  let number: Int
  let region: Region
}
