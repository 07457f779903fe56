export { actualSchedules, applySchedules } from './apply';
export { type DesiredSchedule, desiredSchedule } from './desired';
export { type ActualSchedule, planSchedules, type ScheduleAction } from './plan';
