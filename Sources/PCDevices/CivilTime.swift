/// A date and a time of day in the Gregorian calendar, without a zone.
struct CivilTime: Equatable {
  var year: Int64
  /// 1 to 12.
  var month: Int64
  /// 1 to 31.
  var day: Int64
  var hour: Int64
  var minute: Int64
  var second: Int64

  static let secondsPerDay: Int64 = 86400

  init(year: Int64, month: Int64, day: Int64, hour: Int64 = 0, minute: Int64 = 0, second: Int64 = 0) {
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.second = second
  }

  /// The time `seconds` after the start of 1970.
  init(seconds: Int64) {
    let days = floorDivide(seconds, Self.secondsPerDay)
    let rest = seconds &- days &* Self.secondsPerDay
    // Years begin in March here, so that the leap day is a year's last; an era is 400 of them.
    let shifted = days &+ 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted &- era &* 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * march + 2) / 5 + 1
    month = march < 10 ? march + 3 : march - 9
    year = yearOfEra &+ era &* 400 &+ (month <= 2 ? 1 : 0)
    hour = rest / 3600
    minute = rest / 60 % 60
    second = rest % 60
  }

  /// Days since the start of 1970.
  var days: Int64 {
    let year = month <= 2 ? year &- 1 : year
    let era = floorDivide(year, 400)
    let yearOfEra = year &- era &* 400
    let dayOfYear = (153 &* (month > 2 ? month - 3 : month + 9) &+ 2) / 5 &+ day &- 1
    return era &* 146_097 &+ yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear &- 719_468
  }

  /// Seconds since the start of 1970.
  var seconds: Int64 { days &* Self.secondsPerDay &+ hour &* 3600 &+ minute &* 60 &+ second }

  /// Days of the month.
  static func length(ofMonth month: Int64, year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Two o'clock in the morning of a month's last Sunday, in seconds since the start of 1970.
  static func lastSundayAtTwo(ofMonth month: Int64, year: Int64) -> Int64 {
    let last = CivilTime(year: year, month: month, day: length(ofMonth: month, year: year)).days
    // The first of January 1970 was a Thursday.
    return (last &- floorRemainder(last &+ 4, 7)) &* secondsPerDay &+ 7200
  }
}

/// The quotient towards negative infinity; `divisor` is positive.
func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
  let quotient = value / divisor
  return value % divisor < 0 ? quotient &- 1 : quotient
}

/// The remainder, 0 up to `divisor`, which is positive.
func floorRemainder(_ value: Int64, _ divisor: Int64) -> Int64 {
  let rest = value % divisor
  return rest < 0 ? rest &+ divisor : rest
}
