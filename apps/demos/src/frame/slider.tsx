export interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly range: readonly [number, number];
  readonly step?: number;
  set(value: number): void;
}

export function Slider({ label, value, range: [min, max], step = 1, set }: SliderProps) {
  return (
    <label class="field slider">
      {label}
      <input
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        onInput={({ currentTarget }) => set(currentTarget.valueAsNumber)}
      />
    </label>
  );
}
